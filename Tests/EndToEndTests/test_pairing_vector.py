"""Computes the pairing of Tests/ControlTests/Vectors/pairing.txt anew, with arithmetic of its own.

Nothing here is shared with the program: points are pairs of Python integers, scrypt and HMAC are the
standard library's, and only AES-GCM comes from a package.
"""

import hashlib
import hmac
import pathlib
import re

import pytest

aead = pytest.importorskip("cryptography.hazmat.primitives.ciphers.aead")

TESTS = pathlib.Path(__file__).resolve().parent.parent
VECTOR = TESTS / "ControlTests" / "Vectors" / "pairing.txt"
WORDS = TESTS.parent / "Sources" / "Control" / "Pairing" / "WordList+Words.swift"

P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
A = P - 3
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
GENERATOR = (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
             0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5)


def add(left, right):
    if left is None:
        return right
    if right is None:
        return left
    if left[0] == right[0]:
        if (left[1] + right[1]) % P == 0:
            return None
        slope = (3 * left[0] ** 2 + A) * pow(2 * left[1], -1, P)
    else:
        slope = (right[1] - left[1]) * pow(right[0] - left[0], -1, P)
    x = (slope ** 2 - left[0] - right[0]) % P
    return x, (slope * (left[0] - x) - left[1]) % P


def multiply(scalar, point):
    result = None
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def negate(point):
    return point[0], P - point[1]


def decompress(text):
    data = bytes.fromhex(text)
    x = int.from_bytes(data[1:], "big")
    y = pow(x ** 3 + A * x + B, (P + 1) // 4, P)
    return x, (y if y % 2 == data[0] % 2 else P - y)


def encode(point):
    return b"\4" + point[0].to_bytes(32, "big") + point[1].to_bytes(32, "big")


# RFC 9382 section 6.
M = decompress("02886e2f97ace46e55ba9dd7242579f2993b64e16ef3dcab95afd497333d8fa12f")
N = decompress("03d8bbd6c639c62937b04d997f38c3770719c629d7014d49a24b4f98baa1292b49")


def mac(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


def expand(key, info, count=32):
    output = block = b""
    number = 0
    while len(output) < count:
        number += 1
        block = mac(key, block + info + bytes([number]))
        output += block
    return output[:count]


def read_vector():
    lines = VECTOR.read_text().splitlines()
    return dict(line.split(" = ", 1) for line in lines)


def read_words():
    literal = WORDS.read_text().split('"""')[1]
    return re.findall("[a-z]+", literal)


def stretch(code):
    nameplate, words = code.split("-", 1)
    return hashlib.scrypt(words.encode(), salt=b"p2pfwd code 1" + nameplate.encode(), n=1 << 15,
                          r=8, p=1, maxmem=64 << 20, dklen=48)


def key_schedule(share_a, share_b, shared_point, w):
    transcript = b"".join(
        len(part).to_bytes(8, "little") + part
        for part in (b"p2pfwd issuer", b"p2pfwd joiner", share_a, share_b, shared_point,
                     w.to_bytes(32, "big")))
    digest = hashlib.sha256(transcript).digest()
    keys = expand(mac(bytes(32), digest[16:]), b"ConfirmationKeys" + b"p2pfwd pairing 1")
    return digest[:16], mac(keys[:16], transcript), mac(keys[16:], transcript)


def test_the_vector_is_what_the_protocol_says():
    vector = read_vector()
    data = {name: bytes.fromhex(text) for name, text in vector.items()
            if name not in ("code", "check phrase")}
    words = read_words()
    assert len(words) == 2048
    assert hashlib.sha256("\n".join(words).encode()).digest() == data["word list digest"]

    stretched = stretch(vector["code"])
    assert stretched == data["stretched"]
    w = int.from_bytes(stretched, "big") % ORDER
    x = int.from_bytes(data["issuer's randomness for x"], "big") % ORDER
    y = int.from_bytes(data["joiner's randomness for y"], "big") % ORDER
    share_a = encode(add(multiply(x, GENERATOR), multiply(w, M)))
    share_b = encode(add(multiply(y, GENERATOR), multiply(w, N)))
    shared_point = encode(multiply(x * y % ORDER, GENERATOR))
    # What the issuer computes, the long way.
    point_b = add(multiply(y, GENERATOR), multiply(w, N))
    assert encode(multiply(x, add(point_b, negate(multiply(w, N))))) == shared_point
    shared_key, confirmation_a, confirmation_b = key_schedule(share_a, share_b, shared_point, w)

    def seal(card, label):
        return aead.AESGCM(expand(shared_key, label)).encrypt(bytes(12), card, None)

    card_a, card_b = data["issuer's card"], data["joiner's card"]
    assert data["m1"] == b"\1" + share_b
    assert data["m2"] == b"\2" + share_a
    assert data["m3"] == b"\3" + confirmation_b + seal(card_b, b"p2pfwd card B")
    assert data["m4"] == b"\4" + confirmation_a + seal(card_a, b"p2pfwd card A")

    extracted = mac(shared_key, card_a[32:64] + card_b[32:64]
                    + hashlib.sha256(card_a + card_b).digest())
    pre_shared_key = expand(extracted, b"p2pfwd pair")
    assert pre_shared_key == data["pre-shared key"]
    bits = expand(pre_shared_key, b"p2pfwd phrase", 6)
    phrase = [words[int.from_bytes(bits[at:at + 2], "big") % 2048] for at in (0, 2, 4)]
    assert " ".join(phrase) == vector["check phrase"]
    nameplate = int(vector["code"].split("-")[0]).to_bytes(4, "big")
    tag = hashlib.sha256(b"p2pfwd code on a LAN" + nameplate).digest()[:8]
    assert tag == data["tag of the number"]
