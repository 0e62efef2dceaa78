using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Providers;

/// <summary>
/// Schemas as OpenAI itself takes them, of tools and of answers: "schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the top level", and, of tools,
/// properties, which MCP's tools without arguments have not. Other servers of its wire take any.
/// </summary>
internal static class OpenAiSchemas
{
    /// <summary>Asks it with schemas that it takes; what it says comes as the caller's schemas have it.</summary>
    public static IAsyncEnumerable<AnswerEvent> AskAsync(
        Generation generation, Func<Generation, CancellationToken, IAsyncEnumerable<AnswerEvent>> ask, CancellationToken cancellationToken) =>
        WrappedFormat.AskAsync(generation, (asked, stop) => WrappedArguments.AskAsync(asked, ask, stop, isComplete: true), cancellationToken);
}
