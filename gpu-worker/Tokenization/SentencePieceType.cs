namespace Serverless.GpuWorker.Tokenization;

/// <summary>What a piece is for; the values are those of sentencepiece_model.proto.</summary>
public enum SentencePieceType
{
    Normal = 1,
    Unknown = 2,

    /// <summary>Never made from text and never printed, such as <c>&lt;s&gt;</c>.</summary>
    Control = 3,

    /// <summary>Always one token wherever its text occurs.</summary>
    UserDefined = 4,

    Unused = 5,

    /// <summary>One byte of a character that has no piece: <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c>.</summary>
    Byte = 6,
}
