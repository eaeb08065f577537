// BanyanIndex: see the module map in Package.swift.
