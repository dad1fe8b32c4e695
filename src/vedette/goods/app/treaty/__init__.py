"""The annual report under the Arms Trade Treaty, from licences and declarations."""
