"""Rules by family; `lint.catalogue` lists them."""
