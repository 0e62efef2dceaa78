using System.Globalization;

namespace Serverless.Local.Search.Filters;

/// <summary>
/// <c>or := and ('or' and)*; and := unary ('and' unary)*; unary := 'not' unary | '(' or ')' | comparison | any | all | search.in | field</c>
/// </summary>
internal sealed class FilterParser
{
    private const int MaxDepth = 100;

    private readonly List<FilterToken> _tokens;
    private int _next;
    private int _depth;

    private FilterParser(List<FilterToken> tokens) => _tokens = tokens;

    /// <exception cref="SearchException">The text is no filter; the message gives the position.</exception>
    public static FilterExpression Parse(string filter)
    {
        var parser = new FilterParser(FilterLexer.Tokenize(filter));
        var expression = parser.ParseOr();
        parser.Expect(FilterTokenKind.End, "the end of the filter or 'and' or 'or'");
        return expression;
    }

    private FilterExpression ParseOr()
    {
        if (++_depth > MaxDepth)
            throw FilterLexer.Invalid(Peek().Position, $"at most {MaxDepth} levels of nesting are permitted");
        var terms = new List<FilterExpression> { ParseAnd() };
        while (TakeWord("or"))
            terms.Add(ParseAnd());
        _depth--;
        return terms.Count == 1 ? terms[0] : new FilterExpression.Or(terms);
    }

    private FilterExpression ParseAnd()
    {
        var terms = new List<FilterExpression> { ParseUnary() };
        while (TakeWord("and"))
            terms.Add(ParseUnary());
        return terms.Count == 1 ? terms[0] : new FilterExpression.And(terms);
    }

    private FilterExpression ParseUnary()
    {
        var negations = 0;
        while (IsNot() && TakeWord("not"))
            negations++;
        if (negations > MaxDepth)
            throw FilterLexer.Invalid(Peek().Position, $"at most {MaxDepth} levels of nesting are permitted");
        var expression = ParsePrimary();
        for (; negations > 0; negations--)
            expression = new FilterExpression.Not(expression);
        return expression;
    }

    private FilterExpression ParsePrimary()
    {
        var token = Peek();
        if (token.Kind == FilterTokenKind.Open)
        {
            _next++;
            var inner = ParseOr();
            Expect(FilterTokenKind.Close, "')'");
            return inner;
        }

        if (IsLiteral(token))
            return ParseLiteralFirst();
        var name = Expect(FilterTokenKind.Name, "a field");
        if (Peek().Kind == FilterTokenKind.Open)
            return ParseFunction(name);
        if (Peek().Kind == FilterTokenKind.Slash && _tokens[_next + 1].Text is "any" or "all" && _tokens[_next + 2].Kind == FilterTokenKind.Open)
            return ParseLambda(name.Text);
        var field = ParsePath(name);
        if (TakeOperator() is not { } comparison)
            return new FilterExpression.BooleanField(field);
        return new FilterExpression.Comparison(field, comparison, ParseLiteral());
    }

    /// <summary><c>5 lt field</c> says what <c>field gt 5</c> says.</summary>
    private FilterExpression ParseLiteralFirst()
    {
        var literal = ParseLiteral();
        if (TakeOperator() is not { } comparison)
            return literal is bool constant ? new FilterExpression.Constant(constant) : throw FilterLexer.Invalid(Peek().Position, "a comparison operator is expected here");
        var field = ParsePath(Expect(FilterTokenKind.Name, "a field"));
        return new FilterExpression.Comparison(field, comparison switch
        {
            FilterOperator.Gt => FilterOperator.Lt,
            FilterOperator.Ge => FilterOperator.Le,
            FilterOperator.Lt => FilterOperator.Gt,
            FilterOperator.Le => FilterOperator.Ge,
            _ => comparison,
        }, literal);
    }

    private FilterExpression ParseFunction(FilterToken name)
    {
        if (name.Text != "search.in")
            throw name.Text is "search.ismatch" or "search.ismatchscoring" or "geo.distance" or "geo.intersects"
                ? SearchException.Unsupported($"the filter function {name.Text}")
                : FilterLexer.Invalid(name.Position, $"the function '{name.Text}' is unknown");
        Expect(FilterTokenKind.Open, "'('");
        var field = ParsePath(Expect(FilterTokenKind.Name, "a field"));
        Expect(FilterTokenKind.Comma, "','");
        var values = Expect(FilterTokenKind.Text, "a string literal of values");
        string? delimiters = null;
        if (Peek().Kind == FilterTokenKind.Comma)
        {
            _next++;
            delimiters = Expect(FilterTokenKind.Text, "a string literal of delimiters").Text;
        }

        Expect(FilterTokenKind.Close, "')'");
        return new FilterExpression.SearchIn(field, values.Text, delimiters);
    }

    /// <summary><c>item/part</c>: a part of a complex type, by way of a range variable.</summary>
    private string ParsePath(FilterToken name)
    {
        if (Peek().Kind != FilterTokenKind.Slash)
            return name.Text;
        _next++;
        return $"{name.Text}/{Expect(FilterTokenKind.Name, "a field of the complex type").Text}";
    }

    private FilterExpression ParseLambda(string field)
    {
        Expect(FilterTokenKind.Slash, "'/'");
        var quantifier = Expect(FilterTokenKind.Name, "'any' or 'all'");
        Expect(FilterTokenKind.Open, "'('");
        if (quantifier.Text == "any" && Peek().Kind == FilterTokenKind.Close)
        {
            _next++;
            return new FilterExpression.Any(field, null, null);
        }

        var variable = Expect(FilterTokenKind.Name, "a range variable");
        Expect(FilterTokenKind.Colon, "':'");
        var body = ParseOr();
        Expect(FilterTokenKind.Close, "')'");
        return quantifier.Text == "any" ? new FilterExpression.Any(field, variable.Text, body) : new FilterExpression.All(field, variable.Text, body);
    }

    private object? ParseLiteral()
    {
        var token = Peek();
        _next++;
        switch (token.Kind)
        {
            case FilterTokenKind.Text:
                return token.Text;
            case FilterTokenKind.Time when DateTimeOffset.TryParse(token.Text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time):
                return time;
            case FilterTokenKind.Number when long.TryParse(token.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole):
                return whole;
            case FilterTokenKind.Number:
                return double.Parse(token.Text, NumberStyles.Float, CultureInfo.InvariantCulture);
            case FilterTokenKind.Name when token.Text is "true" or "false":
                return token.Text == "true";
            case FilterTokenKind.Name when token.Text == "null":
                return null;
            case FilterTokenKind.Name when token.Text is "NaN" or "INF":
                return token.Text == "NaN" ? double.NaN : double.PositiveInfinity;
            default:
                throw FilterLexer.Invalid(token.Position, "a literal is expected here");
        }
    }

    private static bool IsLiteral(FilterToken token) =>
        token.Kind is FilterTokenKind.Text or FilterTokenKind.Number or FilterTokenKind.Time || (token.Kind == FilterTokenKind.Name && token.Text is "true" or "false" or "null");

    /// <summary>A field may be called "not": then an operator, a slash or the end follows it.</summary>
    private bool IsNot() =>
        Peek() is { Kind: FilterTokenKind.Name, Text: "not" }
        && _tokens[_next + 1] is { Kind: FilterTokenKind.Name or FilterTokenKind.Open or FilterTokenKind.Text or FilterTokenKind.Number or FilterTokenKind.Time } following
        && !(following.Kind == FilterTokenKind.Name && following.Text is "eq" or "ne" or "gt" or "ge" or "lt" or "le" or "and" or "or");

    private FilterOperator? TakeOperator()
    {
        FilterOperator? comparison = Peek() is { Kind: FilterTokenKind.Name, Text: var word }
            ? word switch
            {
                "eq" => FilterOperator.Eq,
                "ne" => FilterOperator.Ne,
                "gt" => FilterOperator.Gt,
                "ge" => FilterOperator.Ge,
                "lt" => FilterOperator.Lt,
                "le" => FilterOperator.Le,
                _ => null,
            }
            : null;
        if (comparison is not null)
            _next++;
        return comparison;
    }

    private FilterToken Peek() => _tokens[_next];

    private bool TakeWord(string word)
    {
        if (Peek() is not { Kind: FilterTokenKind.Name, Text: var text } || text != word)
            return false;
        _next++;
        return true;
    }

    private FilterToken Expect(FilterTokenKind kind, string what)
    {
        var token = Peek();
        if (token.Kind != kind)
            throw FilterLexer.Invalid(token.Position, $"{what} is expected here");
        if (kind != FilterTokenKind.End)
            _next++;
        return token;
    }
}
