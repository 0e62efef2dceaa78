namespace Serverless.Local.Search.Filters;

/// <summary>A parsed <c>$filter</c>. The grammar is the part of OData that Azure AI Search documents for filters, without geography and full-text functions.</summary>
internal abstract record FilterExpression
{
    /// <summary>All of two or more; a flat list, so that thousands of clauses do not nest.</summary>
    public sealed record And(IReadOnlyList<FilterExpression> Terms) : FilterExpression;

    /// <summary>Any of two or more.</summary>
    public sealed record Or(IReadOnlyList<FilterExpression> Terms) : FilterExpression;

    public sealed record Not(FilterExpression Operand) : FilterExpression;

    /// <param name="Value">null, string, bool, long, double or DateTimeOffset.</param>
    public sealed record Comparison(string Field, FilterOperator Operator, object? Value) : FilterExpression;

    /// <summary>A Boolean field, or the range variable of a Boolean collection, by itself.</summary>
    public sealed record BooleanField(string Field) : FilterExpression;

    /// <summary><c>true</c> or <c>false</c>, written out.</summary>
    public sealed record Constant(bool Value) : FilterExpression;

    /// <summary><c>search.in(field, 'a|b', '|')</c>; each character of <paramref name="Delimiters"/> separates. Null: the default, space and comma.</summary>
    public sealed record SearchIn(string Field, string Values, string? Delimiters) : FilterExpression;

    /// <summary><c>field/any(x: body)</c>; without a body: the collection is not empty.</summary>
    public sealed record Any(string Field, string? Variable, FilterExpression? Body) : FilterExpression;

    /// <summary><c>field/all(x: body)</c>.</summary>
    public sealed record All(string Field, string Variable, FilterExpression Body) : FilterExpression;
}
