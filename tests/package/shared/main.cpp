extern "C" int exporterSeesTheError();

int main() {
  return exporterSeesTheError() ? 0 : 1;
}
