"""What must hold in every scenario, whatever happens; a test breaks each law."""
