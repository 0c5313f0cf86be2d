// SPDX-License-Identifier: MIT
package wait

func wait() { time.Sleep(time.Second) }
