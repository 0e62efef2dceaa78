namespace Serverless.EndToEnd.Tests;

/// <summary>The tests of this assembly run one after another: each starts processes, and the machine may be small.</summary>
[CollectionDefinition("stack")]
public sealed class StackCollection : ICollectionFixture<StackFixture>;
