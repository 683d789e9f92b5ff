"""Rehearsals of the runbooks `leave-region` and `restore`, on Google's emulators."""
