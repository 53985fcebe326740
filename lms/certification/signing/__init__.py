"""Signing certificates, and checking what somebody holds with nothing but the issuer's public key.

`keys` keeps the issuer's keys. `statement` makes and checks the line of text that stands in the QR code and inside the
PDF, `badge` the same for Open Badges, and `status` says which of those still count. `desk` starts
`python -m lms.certification.signing`, the one process that imports pyHanko (`pdf`): it takes a second to load and reads
files from strangers, so neither the web's processes nor the press that knows templates do it.
The press never sees a key, and the desk never sees a template.
"""
