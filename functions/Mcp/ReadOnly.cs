using ModelContextProtocol.Protocol;

namespace Serverless.Functions.Mcp;

/// <summary>The annotations of every tool here: it changes nothing, and reads this gateway's documents only.</summary>
internal static class ReadOnly
{
    public static ToolAnnotations Of(string title, bool isIdempotent = true) => new() { Title = title, ReadOnlyHint = true, DestructiveHint = false, IdempotentHint = isIdempotent, OpenWorldHint = false };
}
