namespace Serverless.Local.Hosting;

/// <summary>The app cannot be hosted: every function at fault, with the reason and what is permitted.</summary>
public sealed class FunctionLoadException : Exception
{
    public FunctionLoadException(IReadOnlyList<string> errors)
        : base(string.Join(Environment.NewLine, errors ?? throw new ArgumentNullException(nameof(errors))))
    {
        Errors = errors;
    }

    public IReadOnlyList<string> Errors { get; }
}
