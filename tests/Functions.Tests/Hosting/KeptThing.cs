namespace Serverless.Functions.Tests.Hosting;

/// <summary>Something that the app keeps for a while.</summary>
/// <param name="Time">After this it must be over.</param>
/// <param name="AskAsync">What the app goes by now.</param>
/// <param name="ChangeAsync">Makes it another thing behind the app's back.</param>
internal sealed record KeptThing(TimeSpan Time, Func<Task<string>> AskAsync, Func<Task> ChangeAsync)
{
    /// <summary>Within its time, and past that of what lies before it: it is asked then.</summary>
    public TimeSpan Later { get; init; }
}
