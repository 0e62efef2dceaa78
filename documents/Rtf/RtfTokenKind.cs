namespace Serverless.Documents.Rtf;

/// <summary>What a piece of RTF is.</summary>
internal enum RtfTokenKind
{
    End,
    Open,
    Close,

    /// <summary>A word and the number after it.</summary>
    Word,

    /// <summary>A backslash and a sign that is no letter.</summary>
    Symbol,

    /// <summary>A byte of text, as such or in hexadecimal digits.</summary>
    Byte,
}
