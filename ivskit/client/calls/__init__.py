"""What can be done with each resource of IVS; what comes back is beside this package."""
