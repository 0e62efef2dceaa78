using Lucene.Net.Index;
using Lucene.Net.QueryParsers.Simple;
using Lucene.Net.Search;

namespace Serverless.Local.Search.Text;

/// <summary>AI Search's simple query syntax: <c>+ | - " * ( ) \</c>, by Lucene's parser, which the service uses. What is not well formed is read as words.</summary>
internal sealed class SimpleSyntax : SimpleQueryParser
{
    private const Operator Operators =
        Operator.AND_OPERATOR | Operator.NOT_OPERATOR | Operator.OR_OPERATOR | Operator.PREFIX_OPERATOR | Operator.PHRASE_OPERATOR | Operator.PRECEDENCE_OPERATORS
        | Operator.ESCAPE_OPERATOR | Operator.WHITESPACE_OPERATOR;

    /// <param name="analyzers">Each field's analyzer.</param>
    /// <param name="fields">The fields to search in; their scores are summed.</param>
    /// <param name="all">searchMode all: every word must match.</param>
    public SimpleSyntax(FieldAnalyzers analyzers, IEnumerable<string> fields, bool all)
        : base(analyzers, fields.ToDictionary(field => field, _ => 1f), Operators) => DefaultOperator = all ? Occur.MUST : Occur.SHOULD;

    /// <summary>A prefix is not analyzed, but for its case.</summary>
    protected override Query NewPrefixQuery(string text)
    {
        var prefix = text.ToLowerInvariant();
        var query = new BooleanQuery(disableCoord: true);
        foreach (var field in m_weights.Keys)
            query.Add(new PrefixQuery(new Term(field, prefix)), Occur.SHOULD);
        return query;
    }
}
