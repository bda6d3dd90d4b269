//go:build tools

// Programs that check manifests and workflows; go.sum pins them by hash, `make` builds them.
package tools

import (
	_ "github.com/rhysd/actionlint/cmd/actionlint"
	_ "sigs.k8s.io/kustomize/kustomize/v5"
)
