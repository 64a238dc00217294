"""Paper: circulars and forms, typeset as PDF in the official form GB/T 9704-2012."""
