# contrib: scripts for people who build from source.
dist_noinst_SCRIPTS = \
	%D%/deb.sh \
	%D%/dev.sh \
	%D%/count-checks.sh

# For the administrator: every option with its default, and completion for bash.
exampledir = $(docdir)/examples
dist_example_DATA = %D%/hyper-derp.yaml
derpmapdir = $(exampledir)/derp-map
dist_derpmap_DATA = %D%/derp-map/headscale.yaml %D%/derp-map/tailscale.json
bashcompletiondir = $(datadir)/bash-completion/completions
dist_bashcompletion_DATA = \
	%D%/completion/hyper-derp \
	%D%/completion/hd-bench %D%/completion/hd-probe %D%/completion/hd-tune
