"""The pages people see: booking, moving, canceling, and the control panel."""
