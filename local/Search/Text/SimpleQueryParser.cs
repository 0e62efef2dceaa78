using System.Text;

namespace Serverless.Local.Search.Text;

/// <summary>
/// Parses the simple query syntax: words, <c>"phrases"</c>, <c>prefix*</c>, <c>+</c> and <c>|</c> between, <c>-</c> before, parentheses, <c>\</c> escapes. As Lucene's
/// SimpleQueryParser it refuses nothing: an operator out of place is dropped, operators bind from left to right.
/// </summary>
internal sealed class SimpleQueryParser
{
    private const int MaxDepth = 50;
    private const string Operators = "+|()\"";

    private readonly string _text;
    private readonly bool _all;
    private int _at;

    private SimpleQueryParser(string text, bool all)
    {
        _text = text;
        _all = all;
    }

    /// <param name="all">searchMode: words side by side must all match (all) or any may (any).</param>
    /// <returns>Null when there is nothing to search for.</returns>
    public static TextQuery? Parse(string text, bool all)
    {
        var parser = new SimpleQueryParser(text, all);
        TextQuery? query = null;
        while (parser._at < text.Length)
        {
            // A closing parenthesis too many ends the group early; what follows still counts.
            query = Combine(query, parser.ParseGroup(0), all);
            parser._at++;
        }

        return query;
    }

    private TextQuery? ParseGroup(int depth)
    {
        TextQuery? left = null;
        bool? isAnd = null;
        while (_at < _text.Length && _text[_at] != ')')
        {
            var c = _text[_at];
            if (char.IsWhiteSpace(c))
            {
                _at++;
            }
            else if (c is '+' or '|')
            {
                isAnd ??= c == '+';
                _at++;
            }
            else
            {
                var clause = ParseClause(depth);
                left = Combine(left, clause, isAnd ?? _all);
                isAnd = null;
            }
        }

        return left;
    }

    private TextQuery? ParseClause(int depth)
    {
        var negated = false;
        while (_at < _text.Length && _text[_at] == '-')
        {
            negated = !negated;
            _at++;
        }

        if (_at >= _text.Length || char.IsWhiteSpace(_text[_at]))
            return null;
        var clause = _text[_at] switch
        {
            '(' => ParseParentheses(depth),
            '"' => ParsePhrase(),
            _ => ParseWord(),
        };
        return negated && clause is not null ? new TextQuery.Not(clause) : clause;
    }

    private TextQuery? ParseParentheses(int depth)
    {
        _at++;
        if (depth >= MaxDepth)
            throw SearchException.BadRequest($"The search text nests deeper than {MaxDepth} parentheses.");
        var inner = ParseGroup(depth + 1);
        _at++;
        return inner;
    }

    private TextQuery.Phrase? ParsePhrase()
    {
        var phrase = new StringBuilder();
        for (var i = _at + 1; i < _text.Length; i++)
        {
            if (_text[i] == '"')
            {
                _at = i + 1;
                return phrase.Length > 0 ? new TextQuery.Phrase(phrase.ToString()) : null;
            }

            if (_text[i] == '\\' && i + 1 < _text.Length)
                i++;
            phrase.Append(_text[i]);
        }

        // Not closed: the quotation mark means nothing.
        _at++;
        return null;
    }

    private TextQuery? ParseWord()
    {
        var word = new StringBuilder();
        var isPrefix = false;
        while (_at < _text.Length && !char.IsWhiteSpace(_text[_at]) && !Operators.Contains(_text[_at], StringComparison.Ordinal))
        {
            isPrefix = _text[_at] == '*';
            if (_text[_at] == '\\' && _at + 1 < _text.Length)
                _at++;
            word.Append(_text[_at++]);
        }

        if (word.Length == 0)
        {
            _at++;
            return null;
        }

        return isPrefix && word.Length > 1 ? new TextQuery.Prefix(word.ToString(0, word.Length - 1)) : new TextQuery.Word(word.ToString());
    }

    private static TextQuery? Combine(TextQuery? left, TextQuery? right, bool and) => (left, right) switch
    {
        (null, _) => right,
        (_, null) => left,
        (TextQuery.And same, _) when and => new TextQuery.And([.. same.Terms, right]),
        (TextQuery.Or same, _) when !and => new TextQuery.Or([.. same.Terms, right]),
        _ => and ? new TextQuery.And([left, right]) : new TextQuery.Or([left, right]),
    };
}
