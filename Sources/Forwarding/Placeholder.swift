internal import SRMUDP
