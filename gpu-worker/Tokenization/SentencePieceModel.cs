namespace Serverless.GpuWorker.Tokenization;

/// <summary>The parts of a SentencePiece <c>.model</c> file that cutting and joining text needs.</summary>
public sealed record SentencePieceModel
{
    public required IReadOnlyList<SentencePiece> Pieces { get; init; }

    public required SegmentationAlgorithm Algorithm { get; init; }

    public NormalizerSpec Normalizer { get; init; } = new();

    /// <summary>Characters without a piece become their UTF-8 bytes instead of the unknown piece.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>The word mark follows a word instead of preceding it.</summary>
    public bool TreatWhitespaceAsSuffix { get; init; }

    /// <summary>What the unknown piece prints as.</summary>
    public string UnknownSurface { get; init; } = " \u2047 ";

    public string BosPiece { get; init; } = "<s>";

    public string EosPiece { get; init; } = "</s>";
}
