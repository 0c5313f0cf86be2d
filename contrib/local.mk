# contrib: scripts for people who build from source.
dist_noinst_SCRIPTS = \
	%D%/deb.sh \
	%D%/dev.sh \
	%D%/rpm.sh \
	%D%/count-checks.sh \
	%D%/repo/apt.sh \
	%D%/repo/dnf.sh
EXTRA_DIST += %D%/packaging.sh

# For the administrator: every option with its default, and completion for bash.
exampledir = $(docdir)/examples
dist_example_DATA = %D%/hyper-derp.yaml
derpmapdir = $(exampledir)/derp-map
dist_derpmap_DATA = %D%/derp-map/headscale.yaml %D%/derp-map/tailscale.json
monitoringdir = $(exampledir)/monitoring
dist_monitoring_DATA = %D%/monitoring/grafana-dashboard.json %D%/monitoring/prometheus-rules.yml
firewalldir = $(exampledir)/firewall
dist_firewall_DATA = %D%/firewall/hyper-derp.xml %D%/firewall/hyper-derp-plain.xml %D%/firewall/hyper-derp.ufw
containerdir = $(exampledir)/container
dist_container_DATA = %D%/container/Containerfile %D%/container/gather.sh %D%/container/seccomp.json
bashcompletiondir = $(datadir)/bash-completion/completions
dist_bashcompletion_DATA = \
	%D%/completion/hyper-derp \
	%D%/completion/hd-bench %D%/completion/hd-probe %D%/completion/hd-tune
