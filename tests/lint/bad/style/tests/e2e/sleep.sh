#!/bin/sh
# SPDX-License-Identifier: MIT
while :; do sleep 1; done
echo sleepy
