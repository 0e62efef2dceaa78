namespace Serverless.Functions.Dispatch;

/// <summary>Something that happened to an answer: text arrived, or it is complete.</summary>
public abstract record AnswerEvent;
