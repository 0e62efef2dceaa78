namespace Serverless.Functions.Mcp.Servers;

/// <summary>Whether a tool of an upstream server is offered, and why not.</summary>
public enum ToolState
{
    /// <summary>Offered: it is as an operator approved it.</summary>
    Approved,

    /// <summary>Offered: the server's tools need no approval.</summary>
    Unpinned,

    /// <summary>Nobody has approved it.</summary>
    New,

    /// <summary>It is another than was approved.</summary>
    Changed,

    /// <summary>It was approved, and the server has it no more.</summary>
    Gone,

    /// <summary>The server's lists leave it out.</summary>
    Denied,

    /// <summary>It holds characters that nobody sees, and cannot be approved.</summary>
    HiddenCharacters,

    /// <summary>It is larger or deeper than a definition may be, and cannot be approved.</summary>
    TooLarge,
}
