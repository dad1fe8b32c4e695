"""The app of the kind "parcel"."""
