namespace Serverless.GpuWorker.Demo;

/// <summary>What the demo model's weights are told about one piece of its vocabulary.</summary>
internal sealed record DemoPiece
{
    public required string Text { get; init; }

    /// <summary>Number of the stem, from 1; pieces of one word share it.</summary>
    public required int Stem { get; init; }

    /// <summary>Which of its stem's pieces it is.</summary>
    public required int Variant { get; init; }

    /// <summary>0.01 to 1; null for pieces without letters or digits.</summary>
    public double? Weight { get; init; }

    public bool IsControl { get; init; }

    public bool IsNewline { get; init; }

    public bool HasLetter { get; init; }

    /// <summary>A digit, a number in words, a day of the week or a month.</summary>
    public bool IsNumber { get; init; }

    /// <summary>A word by which a question asks for one: when, much, often.</summary>
    public bool AsksNumber { get; init; }

    /// <summary>A question mark: it ends a sentence, but one that is answered by what follows.</summary>
    public bool EndsQuestion { get; init; }

    public bool EndsSentence { get; init; }

    public bool EndsWithBracket { get; init; }

    /// <summary>A later part of a word that was cut.</summary>
    public bool Continues { get; init; }

    /// <summary>1 starts a word, -1 certainly does not start a sentence, 0 otherwise.</summary>
    public int Space { get; init; }
}
