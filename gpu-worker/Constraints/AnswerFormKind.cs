namespace Serverless.GpuWorker.Constraints;

/// <summary>How it is said what an answer is to be.</summary>
public enum AnswerFormKind
{
    /// <summary>A document of a JSON schema.</summary>
    Schema,

    /// <summary>A text that a regular expression matches as a whole.</summary>
    Pattern,

    /// <summary>One of several texts.</summary>
    Choice,

    /// <summary>A text of a context-free grammar.</summary>
    Grammar,
}
