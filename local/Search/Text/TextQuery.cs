namespace Serverless.Local.Search.Text;

/// <summary>A parsed search text in the simple syntax.</summary>
internal abstract record TextQuery
{
    /// <summary>One word as typed; a field's analyzer may make several terms of it.</summary>
    public sealed record Word(string Text) : TextQuery;

    public sealed record Phrase(string Text) : TextQuery;

    public sealed record Prefix(string Text) : TextQuery;

    public sealed record Not(TextQuery Operand) : TextQuery;

    public sealed record And(IReadOnlyList<TextQuery> Terms) : TextQuery;

    public sealed record Or(IReadOnlyList<TextQuery> Terms) : TextQuery;
}
