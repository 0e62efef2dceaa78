using Serverless.Local.Search.Schema;

namespace Serverless.Local.Search.Filters;

/// <summary>Binds a filter to an index's fields and makes a predicate over a document's values.</summary>
internal sealed class FilterCompiler
{
    private readonly IndexSchema _schema;

    private FilterCompiler(IndexSchema schema) => _schema = schema;

    /// <summary>A predicate over values in field order. Comparisons with a null value are false, but for <c>eq null</c> and <c>ne</c>.</summary>
    /// <exception cref="SearchException">A field is unknown, not filterable or of another type than its literal.</exception>
    public static Func<object?[], bool> Compile(IndexSchema schema, FilterExpression expression)
    {
        var predicate = new FilterCompiler(schema).Visit(expression, null, null);
        return values => predicate(values, null);
    }

    /// <summary>What <c>search.in</c> looks for.</summary>
    public static HashSet<string> Values(FilterExpression.SearchIn searchIn)
    {
        var delimiters = (searchIn.Delimiters ?? " ,").ToCharArray();
        return delimiters.Length == 0 ? [searchIn.Values] : searchIn.Values.Split(delimiters, StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.Ordinal);
    }

    private Func<object?[], object?, bool> Visit(FilterExpression expression, string? variable, IndexField? element)
    {
        switch (expression)
        {
            case FilterExpression.And and:
                var all = and.Terms.Select(term => Visit(term, variable, element)).ToArray();
                return (values, item) => Array.TrueForAll(all, term => term(values, item));
            case FilterExpression.Or or:
                var any = or.Terms.Select(term => Visit(term, variable, element)).ToArray();
                return (values, item) => Array.Exists(any, term => term(values, item));
            case FilterExpression.Not not:
                var operand = Visit(not.Operand, variable, element);
                return (values, item) => !operand(values, item);
            case FilterExpression.Constant constant:
                return (_, _) => constant.Value;
            case FilterExpression.BooleanField flag:
                return Compare(flag.Field, FilterOperator.Eq, true, variable, element);
            case FilterExpression.Comparison comparison:
                return Compare(comparison.Field, comparison.Operator, comparison.Value, variable, element);
            case FilterExpression.SearchIn searchIn:
                return In(searchIn, variable, element);
            case FilterExpression.Any quantified:
                return Quantify(quantified.Field, quantified.Variable, quantified.Body, variable, isAny: true);
            case FilterExpression.All quantified:
                return Quantify(quantified.Field, quantified.Variable, quantified.Body, variable, isAny: false);
            default:
                throw new InvalidOperationException($"Unknown filter expression {expression.GetType().Name}.");
        }
    }

    private Func<object?[], object?, bool> Quantify(string name, string? itemName, FilterExpression? body, string? outer, bool isAny)
    {
        var field = Resolve(name);
        if (!field.IsCollection || outer is not null)
            throw SearchException.BadRequest($"Invalid expression: '{name}' is not a collection here; any and all need one.");
        var predicate = body is null ? (_, _) => true : Visit(body, itemName, field);
        return (values, _) =>
        {
            var items = (object?[]?)values[field.Ordinal] ?? [];
            return isAny ? Array.Exists(items, item => predicate(values, item)) : Array.TrueForAll(items, item => predicate(values, item));
        };
    }

    private Func<object?[], object?, bool> In(FilterExpression.SearchIn searchIn, string? variable, IndexField? element)
    {
        var (type, read) = Operand(searchIn.Field, variable, element);
        if (type != FieldType.String)
            throw SearchException.BadRequest($"Invalid expression: search.in needs a string field; '{searchIn.Field}' is none.");
        var wanted = Values(searchIn);
        return (values, item) => read(values, item) is string text && wanted.Contains(text);
    }

    private Func<object?[], object?, bool> Compare(string name, FilterOperator comparison, object? literal, string? variable, IndexField? element)
    {
        var (type, read) = Operand(name, variable, element);
        if (literal is null)
            return comparison switch
            {
                FilterOperator.Eq => (values, item) => read(values, item) is null,
                FilterOperator.Ne => (values, item) => read(values, item) is not null,
                _ => throw SearchException.BadRequest("Invalid expression: null compares with eq and ne only."),
            };
        var fits = (type, literal) switch
        {
            (FieldType.String, string) or (FieldType.DateTimeOffset, DateTimeOffset) or (FieldType.Boolean, bool) => true,
            (FieldType.Int32 or FieldType.Int64 or FieldType.Double, long or double) => true,
            _ => false,
        };
        if (!fits || (literal is bool && comparison is not (FilterOperator.Eq or FilterOperator.Ne)))
            throw SearchException.BadRequest($"Invalid expression: '{name}' of type Edm.{type} cannot be compared in this way with this literal.");
        return (values, item) =>
        {
            var value = read(values, item);
            if (value is null)
                return comparison == FilterOperator.Ne;
            if (value is double.NaN || literal is double.NaN)
                return comparison == FilterOperator.Ne;
            var order = Order(value, literal);
            return comparison switch
            {
                FilterOperator.Eq => order == 0,
                FilterOperator.Ne => order != 0,
                FilterOperator.Gt => order > 0,
                FilterOperator.Ge => order >= 0,
                FilterOperator.Lt => order < 0,
                _ => order <= 0,
            };
        };
    }

    /// <summary>The order of two values of one field's type; also what orderby sorts by.</summary>
    public static int Order(object left, object right) => (left, right) switch
    {
        (string a, string b) => string.CompareOrdinal(a, b),
        (bool a, bool b) => a.CompareTo(b),
        (long a, long b) => a.CompareTo(b),
        (DateTimeOffset a, DateTimeOffset b) => a.CompareTo(b),
        _ => Convert.ToDouble(left, null).CompareTo(Convert.ToDouble(right, null)),
    };

    private (FieldType Type, Func<object?[], object?, object?> Read) Operand(string name, string? variable, IndexField? element)
    {
        if (variable is not null && element is { Type: FieldType.ComplexType })
        {
            var part = element.Fields.FirstOrDefault(field => name == $"{variable}/{field.Name}")
                ?? throw SearchException.BadRequest($"Invalid expression: '{name}' is no field of the complex type of '{element.Name}', whose range variable is '{variable}' here.");
            return part.IsFilterable
                ? (part.Type, (_, item) => ((ComplexValue)item!).Values[part.Ordinal])
                : throw SearchException.BadRequest($"Invalid expression: The field '{element.Name}/{part.Name}' is not filterable. Only filterable fields can be used in filter expressions.");
        }

        if (variable is not null)
            return name == variable
                ? (element!.Type, (_, item) => item)
                : throw SearchException.BadRequest($"Invalid expression: only the range variable '{variable}' may be used within any and all; '{name}' is something else.");
        var field = Resolve(name);
        return field.IsCollection
            ? throw SearchException.BadRequest($"Invalid expression: '{name}' is a collection; use any or all.")
            : (field.Type, (values, _) => values[field.Ordinal]);
    }

    private IndexField Resolve(string name)
    {
        var field = _schema.Find(name) ?? throw SearchException.BadRequest($"Invalid expression: Could not find a property named '{name}' in index '{_schema.Name}'.");
        return field.IsFilterable ? field : throw SearchException.BadRequest($"Invalid expression: The field '{name}' is not filterable. Only filterable fields can be used in filter expressions.");
    }
}
