"""The stores of Azure and Google against emulators; run where those are installed (`make emulators`)."""
