using Serverless.Functions.Clients;
using Serverless.Functions.Providers;
using Serverless.Functions.Retrieval;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Dispatch;

/// <summary>How a question to a rag route is answered.</summary>
/// <param name="Writer">The route whose model writes the answer.</param>
/// <param name="Generation">What it is asked; null where the plan refuses.</param>
/// <param name="Inner">The caller, as the app asks the writer for it.</param>
internal sealed record PlannedAnswer(ResolvedRoute Writer, Generation? Generation, AnswerPlan Plan, Caller Inner)
{
    public override string ToString() => $"{Writer.Name}: {Plan}";
}
