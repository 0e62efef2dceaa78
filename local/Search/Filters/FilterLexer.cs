using System.Text.RegularExpressions;

namespace Serverless.Local.Search.Filters;

/// <summary>Splits a filter into tokens.</summary>
internal static partial class FilterLexer
{
    public static List<FilterToken> Tokenize(string filter)
    {
        var tokens = new List<FilterToken>();
        for (var at = 0; at < filter.Length;)
        {
            var c = filter[at];
            if (char.IsWhiteSpace(c))
            {
                at++;
                continue;
            }

            var token = Punctuation(c) is { } kind ? new FilterToken(kind, c.ToString(), at) : c == '\'' ? Quoted(filter, at) : Word(filter, at);
            tokens.Add(token);
            at += c == '\'' ? token.Text.Count('\'') + token.Text.Length + 2 : token.Text.Length;
        }

        tokens.Add(new FilterToken(FilterTokenKind.End, "", filter.Length));
        return tokens;
    }

    private static FilterTokenKind? Punctuation(char c) => c switch
    {
        '(' => FilterTokenKind.Open,
        ')' => FilterTokenKind.Close,
        ',' => FilterTokenKind.Comma,
        ':' => FilterTokenKind.Colon,
        '/' => FilterTokenKind.Slash,
        _ => null,
    };

    private static FilterToken Quoted(string filter, int start)
    {
        for (var i = start + 1; i < filter.Length; i++)
        {
            if (filter[i] != '\'')
                continue;
            if (i + 1 < filter.Length && filter[i + 1] == '\'')
                i++;
            else
                return new FilterToken(FilterTokenKind.Text, filter[(start + 1)..i].Replace("''", "'", StringComparison.Ordinal), start);
        }

        throw Invalid(start, "a string literal is not closed");
    }

    private static FilterToken Word(string filter, int at)
    {
        if (Time().Match(filter, at) is { Success: true } time)
            return new FilterToken(FilterTokenKind.Time, time.Value, at);
        if (Number().Match(filter, at) is { Success: true } number)
            return new FilterToken(FilterTokenKind.Number, number.Value, at);
        if (Name().Match(filter, at) is { Success: true } name)
            return new FilterToken(FilterTokenKind.Name, name.Value, at);
        throw Invalid(at, "a field, a literal or an operator is expected here");
    }

    public static SearchException Invalid(int position, string message) =>
        SearchException.BadRequest($"Invalid expression: {message}, at position {position} of the filter.", "InvalidRequestParameter");

    [GeneratedRegex(@"\G\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,12})?)?(Z|[+-]\d\d:\d\d)", RegexOptions.CultureInvariant)]
    private static partial Regex Time();

    [GeneratedRegex(@"\G-?\d+(\.\d+)?([eE][+-]?\d+)?(?![A-Za-z0-9_])", RegexOptions.CultureInvariant)]
    private static partial Regex Number();

    [GeneratedRegex(@"\G[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
