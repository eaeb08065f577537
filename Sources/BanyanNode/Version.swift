/// The version of this program: what `banyan --version` prints and the Debian package carries.
public enum Version {
    public static let number = "0.1.0"
}
