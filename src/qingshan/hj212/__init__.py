"""The wire protocol of HJ 212: framing, CRC, dialects, SM4, messages."""
