namespace Serverless.Documents;

/// <summary>Text whose lines are not sentences.</summary>
public enum TextBlockKind
{
    /// <summary>Lines of code; indentation is kept.</summary>
    Code,

    /// <summary>A Markdown table: a line a row, the first is its head.</summary>
    Table,
}
