#!/usr/bin/env python3
"""Makes shangmi.json: what WeChat Pay and a merchant of the national suite (SM2, SM3, SM4) send each other.

    python3 tests/vectors/shangmi.py > tests/vectors/shangmi.json

OpenSSL 3 does every operation of SM2, SM3 and SM4 (`openssl pkeyutl`, `dgst`, `enc -sm4-ctr`, `enc -sm4-ecb`); only the
multiplication of GCM's tag, which its command line does not offer for SM4, is done here. Nothing of it is code of this
project. Signatures and SM2 ciphertexts are random: another run gives other ones that are as good.
"""

import base64
import json
import pathlib
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
KEYS = HERE.parent.parent / "simulator/src/test_keys/sm2"
IDENTITY = ["-pkeyopt", "distid:1234567812345678"]
NOW = 1785501000
API_V3_KEY = json.loads((HERE / "keys.json").read_text())["apiv3_key"]


def openssl(*arguments, given=b""):
    return subprocess.run(["openssl", *arguments], input=given, capture_output=True, check=True).stdout


def b64(data):
    return base64.b64encode(data).decode()


def in_file(data):
    file = tempfile.NamedTemporaryFile()
    file.write(data)
    file.flush()
    return file


def sign(key, message):
    """base64 of the DER signature, SM3, the usual identity."""
    with in_file(message) as file:
        return b64(openssl("pkeyutl", "-sign", "-inkey", str(KEYS / f"{key}.key.pem"), "-rawin", "-digest", "sm3",
                           *IDENTITY, "-in", file.name))


def encrypt_for(key, plaintext):
    """base64 of the DER ciphertext (C1, C3, C2)."""
    with tempfile.NamedTemporaryFile() as public, in_file(plaintext) as file:
        public.write(openssl("pkey", "-in", str(KEYS / f"{key}.key.pem"), "-pubout"))
        public.flush()
        return b64(openssl("pkeyutl", "-encrypt", "-pubin", "-inkey", public.name, "-in", file.name))


def first_number_is_short(encoded):
    """Whether the first INTEGER has leading zeros that DER leaves out; one of a hundred and some does."""
    return base64.b64decode(encoded)[3] < 32


def until_short(make):
    while not first_number_is_short(made := make()):
        pass
    return made


def multiply(x, y):
    """In the field of GCM: bits from the left, x^128 + x^7 + x^2 + x + 1."""
    product = 0
    for bit in range(127, -1, -1):
        if (y >> bit) & 1:
            product ^= x
        x = (x >> 1) ^ (0xE1 << 120 if x & 1 else 0)
    return product


def sm4_gcm(key, nonce, associated_data, plaintext):
    """Ciphertext and tag (NIST SP 800-38D with SM4 as the block cipher)."""
    block = lambda data: openssl("enc", "-sm4-ecb", "-K", key.hex(), "-nopad", given=data)
    counter = lambda number: nonce + number.to_bytes(4, "big")
    ciphertext = openssl("enc", "-sm4-ctr", "-K", key.hex(), "-iv", counter(2).hex(), given=plaintext)
    padded = lambda data: data + bytes(-len(data) % 16)
    lengths = (len(associated_data) * 8).to_bytes(8, "big") + (len(ciphertext) * 8).to_bytes(8, "big")
    hashed = padded(associated_data) + padded(ciphertext) + lengths
    factor, tag = int.from_bytes(block(bytes(16)), "big"), 0
    for start in range(0, len(hashed), 16):
        tag = multiply(tag ^ int.from_bytes(hashed[start:start + 16], "big"), factor)
    return ciphertext + (tag ^ int.from_bytes(block(counter(1)), "big")).to_bytes(16, "big")


def seal(api_v3_key, nonce, associated_data, plaintext):
    """base64 of a resource: the key is the first half of the SM3 hash of the APIv3 key."""
    key = openssl("dgst", "-sm3", "-binary", given=api_v3_key.encode())[:16]
    return b64(sm4_gcm(key, nonce.encode(), associated_data.encode(), plaintext))


def signed(serial, key, body):
    nonce = "5K8264ILTKCH16CQ2502SI8ZNMTM67VS"
    return [
        ["Wechatpay-Timestamp", str(NOW)],
        ["Wechatpay-Nonce", nonce],
        ["Wechatpay-Signature", sign(key, f"{NOW}\n{nonce}\n".encode() + body + b"\n")],
        ["Wechatpay-Serial", serial],
        ["Wechatpay-Signature-Type", "WECHATPAY2-SM2-WITH-SM3"],
    ]


def serial_of(name):
    shown = openssl("x509", "-in", str(KEYS / f"{name}.cert.pem"), "-noout", "-serial").decode()
    return shown.strip().removeprefix("serial=")


def resources():
    texts = ["", "一", "fifteen letters", "sixteen letters!", "seventeen letters", "特种设备检验费 😀" * 40]
    for number, text in enumerate(texts):
        for associated_data in ["", "transaction"]:
            nonce = f"nonce-{number:06}"
            yield {"api_v3_key": API_V3_KEY, "nonce": nonce, "associated_data": associated_data, "plaintext": text,
                   "ciphertext": seal(API_V3_KEY, nonce, associated_data, text.encode())}


def notice():
    plaintext = json.dumps({
        "mchid": "1900006511", "appid": "wx0a1b2c3d4e5f6071", "out_trade_no": "T2026073101",
        "transaction_id": "4200000000202607310000000001", "trade_type": "JSAPI", "trade_state": "SUCCESS",
        "success_time": "2026-07-31T20:21:35+08:00", "payer": {"openid": "oPayer"},
        "amount": {"total": 126500, "payer_total": 126500, "currency": "CNY", "payer_currency": "CNY"},
    }, ensure_ascii=False)
    body = json.dumps({
        "id": "5d8c1b2e-6c1f-5e0e-9d3a-0c6f0f4f7a11", "create_time": "2026-07-31T20:21:36+08:00",
        "event_type": "TRANSACTION.SUCCESS", "resource_type": "encrypt-resource", "summary": "支付成功",
        "resource": {"algorithm": "AEAD_SM4_GCM", "original_type": "transaction", "associated_data": "transaction",
                     "nonce": "0123456789ab",
                     "ciphertext": seal(API_V3_KEY, "0123456789ab", "transaction", plaintext.encode())},
    }, ensure_ascii=False).encode()
    return {"headers": signed(serial_of("platform-1"), "platform-1", body), "body": body.decode(),
            "plaintext": plaintext}


def certificates():
    """The list while the platform's certificate changes: it is signed by the newer one, which it brings."""
    data = []
    for name in ["platform-1", "platform-2"]:
        nonce = f"{name}--"
        pem = (KEYS / f"{name}.cert.pem").read_bytes()
        data.append({
            "serial_no": serial_of(name), "effective_time": "2020-01-01T08:00:00+08:00",
            "expire_time": "2049-12-31T08:00:00+08:00",
            "encrypt_certificate": {"algorithm": "AEAD_SM4_GCM", "nonce": nonce, "associated_data": "certificate",
                                    "ciphertext": seal(API_V3_KEY, nonce, "certificate", pem)},
        })
    body = json.dumps({"data": data}).encode()
    return {"headers": signed(serial_of("platform-2"), "platform-2", body), "body": body.decode()}


def main():
    # RFC 8998, appendix A.1: what is computed here is what the standard gives.
    plain = b"".join(bytes([byte]) * 8 for byte in [0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0xEE, 0xAA])
    known = sm4_gcm(bytes.fromhex("0123456789abcdeffedcba9876543210"), bytes.fromhex("00001234567800000000abcd"),
                    bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2"), plain)
    assert known.endswith(bytes.fromhex("83de3541e4c2b58177e065a9bf7b62ec")), known.hex()

    order = '{"out_trade_no":"T2026073101","description":"电梯定期检验"}'
    message = f"POST\n/v3/pay/transactions/jsapi\n{NOW}\n593BEC0C930BF1AFEB40B4A08C8FB242\n{order}\n"
    telephone = "13800138000"
    print(json.dumps({
        "made_by": openssl("version").decode().strip() + ", by shangmi.py",
        "now": NOW,
        "api_v3_key": API_V3_KEY,
        "request": {"message": message, "signatures": [
            sign("merchant", message.encode()), until_short(lambda: sign("merchant", message.encode()))]},
        "sensitive": {"plaintext": telephone, "ciphertexts": [
            encrypt_for("merchant", telephone.encode()),
            until_short(lambda: encrypt_for("merchant", telephone.encode()))]},
        "resources": list(resources()),
        "notice": notice(),
        "certificates": certificates(),
    }, ensure_ascii=False, indent=1))


main()
