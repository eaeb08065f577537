import Foundation

/// Ranks from 1 to `count`, where rank k is drawn with a share proportional to 1 ÷ k^exponent: a few names get most of
/// the questions, as in the field.
///
/// By rejection-inversion (Hörmann and Derflinger, 1996): no table, about 1.1 draws a rank whatever the count.
public struct ZipfDistribution: Sendable {
    public let count: Int
    public let exponent: Double
    private let integralOfFirst: Double
    private let integralOfLast: Double
    private let squeeze: Double

    /// `count` at least 1; `exponent` above 0, 1 included.
    public init(count: Int, exponent: Double) {
        self.count = max(1, count)
        self.exponent = exponent
        integralOfFirst = Self.integral(1.5, exponent) - 1
        integralOfLast = Self.integral(Double(self.count) + 0.5, exponent)
        squeeze = 2 - Self.inverse(Self.integral(2.5, exponent) - Self.density(2, exponent), exponent)
    }

    public func next(_ random: inout SplitMix) -> Int {
        while true {
            let height = integralOfLast + random.nextUnit() * (integralOfFirst - integralOfLast)
            let place = Self.inverse(height, exponent)
            let rank = min(max(place.rounded(), 1), Double(count))
            if rank - place <= squeeze
                || height >= Self.integral(rank + 0.5, exponent) - Self.density(rank, exponent)
            {
                return Int(rank)
            }
        }
    }

    private static func density(_ place: Double, _ exponent: Double) -> Double { exp(-exponent * log(place)) }

    /// ∫ x^−exponent, in a form that stays exact where the exponent is 1.
    private static func integral(_ place: Double, _ exponent: Double) -> Double {
        let logarithm = log(place)
        return expOverArgument((1 - exponent) * logarithm) * logarithm
    }

    private static func inverse(_ height: Double, _ exponent: Double) -> Double {
        let argument = max(-1, height * (1 - exponent))
        return exp(logOverArgument(argument) * height)
    }

    /// (eˣ − 1) ÷ x.
    private static func expOverArgument(_ x: Double) -> Double {
        abs(x) > 1e-8 ? expm1(x) / x : 1 + x / 2 * (1 + x / 3)
    }

    /// ln(1 + x) ÷ x.
    private static func logOverArgument(_ x: Double) -> Double {
        abs(x) > 1e-8 ? log1p(x) / x : 1 - x * (0.5 - x / 3)
    }
}
