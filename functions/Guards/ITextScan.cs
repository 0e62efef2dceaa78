namespace Serverless.Functions.Guards;

/// <summary>A text on its way through a guard, piece by piece: what comes out does not depend on how it was cut.</summary>
internal interface ITextScan
{
    /// <summary>Whether something was found that blocks; nothing passes after it.</summary>
    string? BlockedBy { get; }

    /// <summary>What was found so far.</summary>
    IReadOnlyList<(string Kind, GuardAction Action)> Found { get; }

    /// <param name="isLast">Whether nothing follows.</param>
    /// <returns>What may pass now, masked.</returns>
    string Push(string text, bool isLast);
}
