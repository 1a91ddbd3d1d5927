internal import Forwarding
