// HandleClient: see the module map in Package.swift.
