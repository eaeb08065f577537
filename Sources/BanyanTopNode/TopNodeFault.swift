/// What an upstream does wrong: for rehearsals, and for tests of the other side.
public enum TopNodeFault: String, CaseIterable, Sendable {
    case none
    /// Takes commands, does them, and never answers.
    case silent
    /// Answers with what is no XML.
    case garbage
    /// Announces a length that no message has.
    case length
    /// Ends the connection in the middle of an answer.
    case truncated
    /// Answers twice.
    case twice
    /// Sends an answer byte by byte, with pauses.
    case slow
    /// Ends the connection before it answers.
    case closed
    /// Never takes a message off the queue.
    case repeats
    /// Forgets who has logged in.
    case forgets
    /// Fails: 2400.
    case fails
}
