using System.Numerics;
using System.Text.Json;
using Serverless.GpuWorker.Constraints.Nodes;
using Serverless.GpuWorker.Constraints.Schemas;

namespace Serverless.GpuWorker.Constraints.Numbers;

/// <summary>What schemas say of a number. Each rule is made into an automaton once, however often the schema has it.</summary>
internal sealed class NumberSchemas(ReadingBudget budget)
{
    private readonly Dictionary<NumberRule, BoundedNumberNode> _nodes = [];

    /// <exception cref="SchemaException">A keyword has a value that it cannot have, or that is not supported.</exception>
    public static NumberRule RuleOf(SchemaParts parts, bool isInteger)
    {
        var (fractionDigits, divisor) = Multiples(parts, isInteger);
        var lower = NumberBound.Higher(Bound(parts, "minimum", "exclusiveMinimum", NumberBound.Higher), Exclusive(parts, "exclusiveMinimum", "minimum", NumberBound.Higher));
        var upper = NumberBound.Lower(Bound(parts, "maximum", "exclusiveMaximum", NumberBound.Lower), Exclusive(parts, "exclusiveMaximum", "maximum", NumberBound.Lower));
        return new NumberRule(parts.All("format").Select(NumberFormats.Least).Aggregate(lower, NumberBound.Higher), parts.All("format").Select(NumberFormats.Most).Aggregate(upper, NumberBound.Lower), fractionDigits, divisor);
    }

    /// <exception cref="SchemaException">A keyword has a value that it cannot have, or that is not supported; or no number satisfies all.</exception>
    public SchemaNode Read(SchemaParts parts, bool isInteger)
    {
        var rule = RuleOf(parts, isInteger);
        if (rule == NumberRule.Any || rule == NumberRule.AnyInteger)
            return new NumberNode(rule == NumberRule.AnyInteger);
        if (!_nodes.TryGetValue(rule, out var node))
            _nodes[rule] = node = new BoundedNumberNode(NumberAutomaton.Of(rule, budget));

        return node;
    }

    /// <summary>In draft 4, and in OpenAPI 3.0, an exclusive bound is one with <c>true</c> beside it.</summary>
    private static NumberBound? Bound(SchemaParts parts, string keyword, string exclusive, Func<NumberBound?, NumberBound?, NumberBound?> tighter) =>
        parts.Schemas.Where(schema => schema.TryGetProperty(keyword, out _))
            .Select(schema => new NumberBound(ExactDecimal.Read(schema.GetProperty(keyword), keyword), schema.TryGetProperty(exclusive, out var mark) && mark.ValueKind == JsonValueKind.True))
            .Aggregate((NumberBound?)null, tighter);

    private static NumberBound? Exclusive(SchemaParts parts, string keyword, string beside, Func<NumberBound?, NumberBound?, NumberBound?> tighter) =>
        parts.Schemas.Where(schema => schema.TryGetProperty(keyword, out var mark) && !(mark.ValueKind is JsonValueKind.True or JsonValueKind.False && schema.TryGetProperty(beside, out _)))
            .Select(schema => new NumberBound(ExactDecimal.Read(schema.GetProperty(keyword), keyword), IsExclusive: true))
            .Aggregate((NumberBound?)null, tighter);

    /// <summary>Decimal places where numbers are multiples of 1, 0.1, 0.01, ...; otherwise integers, and what they are multiples of.</summary>
    private static (int FractionDigits, int Divisor) Multiples(SchemaParts parts, bool isInteger)
    {
        int places = isInteger ? 0 : ConstraintLimits.Digits;
        var divisor = BigInteger.One;
        foreach (var value in parts.All("multipleOf"))
        {
            var multiple = ExactDecimal.Read(value, "multipleOf");
            if (multiple.IsNegative || multiple.IsZero)
                throw new SchemaException("multipleOf must be above 0");

            var (numerator, denominator) = multiple.ToFraction();
            bool isPlace = multiple.Whole.Length == 0 && multiple.Fraction.TrimStart('0') == "1";
            if (!isInteger && !isPlace && !denominator.IsOne)
                throw new SchemaException("multipleOf must be an integer, or 0.1, 0.01 and so on, where type permits numbers that are not integers");

            // Of an integer a fraction in lowest terms is a divisor where its numerator is.
            places = Math.Min(places, isPlace ? multiple.Fraction.Length : 0);
            divisor = divisor / BigInteger.GreatestCommonDivisor(divisor, numerator) * numerator;
            if (divisor > ConstraintLimits.Divisor)
                throw new SchemaException($"multipleOf must be at most {ConstraintLimits.Divisor}, the least common multiple of several counted");
        }
        return (places, (int)divisor);
    }
}
