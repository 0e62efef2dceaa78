using Serverless.GpuWorker.Constraints;

namespace Serverless.GpuWorker.Api.Requests;

/// <summary>What an answer is to be, and the field of the request that says so.</summary>
internal sealed record RequestedForm(AnswerForm Form, string Field);
