using System.Globalization;

namespace Serverless.Local.Search.Filters;

/// <summary>Writes a filter as text that parses back to it.</summary>
internal static class FilterPrinter
{
    public static string Print(FilterExpression expression) => expression switch
    {
        FilterExpression.And and => string.Join(" and ", and.Terms.Select(Grouped)),
        FilterExpression.Or or => string.Join(" or ", or.Terms.Select(Grouped)),
        FilterExpression.Not not => $"not {Grouped(not.Operand)}",
        FilterExpression.Comparison comparison => $"{comparison.Field} {comparison.Operator.ToString().ToLowerInvariant()} {Literal(comparison.Value)}",
        FilterExpression.BooleanField field => field.Field,
        FilterExpression.Constant constant => constant.Value ? "true" : "false",
        FilterExpression.SearchIn { Delimiters: null } searchIn => $"search.in({searchIn.Field}, {Literal(searchIn.Values)})",
        FilterExpression.SearchIn searchIn => $"search.in({searchIn.Field}, {Literal(searchIn.Values)}, {Literal(searchIn.Delimiters)})",
        FilterExpression.Any { Body: null } any => $"{any.Field}/any()",
        FilterExpression.Any any => $"{any.Field}/any({any.Variable}: {Print(any.Body)})",
        FilterExpression.All all => $"{all.Field}/all({all.Variable}: {Print(all.Body)})",
        _ => throw new InvalidOperationException($"Unknown filter expression {expression.GetType().Name}."),
    };

    private static string Grouped(FilterExpression expression) =>
        expression is FilterExpression.And or FilterExpression.Or ? $"({Print(expression)})" : Print(expression);

    private static string Literal(object? value) => value switch
    {
        null => "null",
        string text => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'",
        bool flag => flag ? "true" : "false",
        long whole => whole.ToString(CultureInfo.InvariantCulture),
        double.NaN => "NaN",
        double.PositiveInfinity => "INF",
        double number => number.ToString("R", CultureInfo.InvariantCulture) is var text && text.AsSpan().ContainsAny('.', 'E') ? text : text + ".0",
        DateTimeOffset time => time.ToString("yyyy-MM-ddTHH:mm:ss.fffffffzzz", CultureInfo.InvariantCulture),
        _ => throw new InvalidOperationException($"{value.GetType().Name} is no literal type."),
    };
}
