"""Doors other than HJ 212 over TCP (别的入口): each drops deliveries into the inbox, the gateway takes them into the same journal."""
