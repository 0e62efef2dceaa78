namespace Serverless.Functions.Tests.Hosting;

[CollectionDefinition("gateway")]
public sealed class GatewayCollection : ICollectionFixture<AzuriteFixture>;
