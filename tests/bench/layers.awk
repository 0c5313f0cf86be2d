# SPDX-License-Identifier: MIT
# Where a process spends its CPU time, layer by layer, by the names of symbols:
#
#   perf record -F 2000 -p PID -- sleep 5
#   perf report --no-children -g none --stdio --sort dso,symbol | awk -f layers.awk
#
# Lines of perf: "  1.23%  DSO  [k] SYMBOL". What is in no kernel DSO is the
# process's own; its largest functions are named.

function add(layer, percent) {
	if (!(layer in share)) order[++layers] = layer
	share[layer] += percent
}

/^#/ || NF < 4 || $1 !~ /^[0-9.]+%$/ { next }
{
	percent = $1 + 0
	symbol = $4
	if ($2 !~ /kernel|\[k/) {
		add("own code and libraries", percent)
		if (++named <= 6) largest = largest sprintf("%s%s %.1f %%", named > 1 ? ", " : "", symbol, percent)
	}
	else if (symbol ~ /copy_to_iter|copy_to_user|copyout/) add("copy from the socket", percent)
	else if (symbol ~ /copy_from_iter|copy_from_user|copyin/) add("copy into the socket", percent)
	else if (symbol ~ /^(__)?io_/) add("io_uring", percent)
	else if (symbol ~ /^(_|__)?(tcp|ip|ip4|ipv4|ipv6|inet|inet6|sock|sk|skb|dev|netif|net|napi|dst|bbr|nf|eth|loopback|rt|fib|neigh|alloc_skb|kfree_skb|consume_skb|process_backlog|release_sock|lock_sock|validate_xmit|enqueue_to_backlog|qdisc|pskb|import|move_addr|unix)(_|$)/ || symbol ~ /skb|sendmsg|recvmsg|datagram/)
		add("TCP, IP, sockets and their buffers", percent)
	else if (symbol ~ /sched|wake|ttwu|task|enqueue|dequeue|pick_|update_(curr|load|rq|cfs)|timer|idle|ipi|smp_|reschedule|pelt|avg/)
		add("scheduling, wake-ups, timers", percent)
	else if (symbol ~ /syscall|entry_|exit_to_user|do_syscall|fdget|fput|__fget/) add("entering the kernel and leaving it", percent)
	else if (symbol ~ /alloc|free|slab|page|kmem|memcg|obj_cgroup/) add("kernel memory", percent)
	else if (symbol ~ /spin|lock|mutex|rcu/) add("locks, RCU (and interrupts let in behind them)", percent)
	else add("the rest of the kernel", percent)
}
END {
	print "| layer | share |"
	print "|---|---|"
	for (i = 1; i <= layers; i++)
		for (j = i + 1; j <= layers; j++)
			if (share[order[j]] > share[order[i]]) { t = order[i]; order[i] = order[j]; order[j] = t }
	for (i = 1; i <= layers; i++)
		printf "| %s%s | %.0f %% |\n", order[i], order[i] ~ /^own/ && largest != "" ? ": " largest : "", share[order[i]]
}
