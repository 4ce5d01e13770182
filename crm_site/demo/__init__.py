"""The demo company «Fjord & Finch», told by the product's own verbs on a back-dated clock (decision 46)."""
