Console.Error.WriteLine("usage: gpu-worker serve | demo");
return 2;
