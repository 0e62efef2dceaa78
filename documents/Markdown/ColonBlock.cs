using Markdig.Parsers;
using Markdig.Syntax;

namespace Serverless.Documents.Markdown;

/// <summary>A box between lines of colons.</summary>
internal sealed class ColonBlock(BlockParser parser) : ContainerBlock(parser)
{
    /// <summary>Of the line that opened it, three at least; as many close it.</summary>
    public required int Colons { get; init; }

    /// <summary>Whether its last line was read. Markdig's own sign of what is open is taken from all blocks when a line begins.</summary>
    public bool IsClosed { get; set; }
}
